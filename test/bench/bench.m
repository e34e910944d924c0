bench ; the same work as the program workload (workload.cc, works.cc): mumps -run bench WORK [NAME=NUMBER ...]
 n
 s $et="w $zs,! h"
 s count=1,process=0,pass=0,first=0,span=0,seconds=0,lap=0
 s work=$p($zcmdline," ") f i=2:1:$l($zcmdline," ") s @$p($zcmdline," ",i)
 s base=(pass*200000000)+(process*10000000),origin=(process*2000000)+first,figures="",done=count
 s changes=work'="watch"&(work'="wait")
 d tables
 i changes s ^warm(pass,process)=1
 w "ready",!
 r line
 s begin=$zut
 d @work
 s end=$zut
 w "done ",done," ",begin," ",end," ",figures,!
 i changes s ^done(pass,process)=1
 q
 ;
 ; ---- names and values: sequence.h says how, and why they are made before the clock starts ----
tables n i,j,k,x,text
 s x=17,text="" f i=1:1:100 s text=text_"The quick brown fox jumps over the lazy "
 f i=0:1:3166 d draw s name(i)=$e("abcdefghijklmnopqrstuvwxyz",1,x#13)_x
 f i=0:1:1012 d draw s j=x#40,value(i)=$e(text,j+1,j+10+(x#100))
 f i=0:1:1012 d draw s j=x#40,long(i)=$e(text,j+1,j+3000+(x#960))
 f i=0:1:999 s shuffled(i)=i
 f i=999:-1:1 d draw s j=x#(i+1),k=shuffled(i),shuffled(i)=shuffled(j),shuffled(j)=k
 q
draw s x=x*48271#2147483647 q
start s i=origin#3163,j=origin#3167,m=(origin+((pass+lap)*131))#1013 q
 ;
 ; ---- the rows that there have always been: ^a(integer), ^b(integer), one value ----
asc n n f n=base:1:base+count-1 s ^a(n)="12345678901234567890123456789012345678"
 q
rnd n i,j,n s (i,j)=0
 f n=1:1:count s ^a(shuffled(i)*1000+shuffled(j))="12345678901234567890123456789012345678",i=i+1,j=j+1 s:i=1000 i=0 s:j=997 j=0
 q
igets n i,j,n,x s (i,j)=0
 f n=1:1:count s x=$g(^a(shuffled(i)*1000+shuffled(j))),i=i+1,j=j+1 s:i=1000 i=0 s:j=997 j=0
 q
tp n j,k,n f n=0:1:count-1 ts ():t="BATCH" s k=base+(n*10) f j=1:1:10 s ^b(k+j)="12345678901234567890123456789012345678" i j=10 tc
 q
durable n j,k,n f n=0:1:count-1 ts () s k=base+(n*10) f j=1:1:10 s ^b(k+j)="12345678901234567890123456789012345678" i j=10 tc
 q
iorder n k,n,x s k="" f n=1:1:count s k=$o(^a(k)) i k'="" s x=^a(k)
 q
 ;
 ; ---- nodes and values of varying length ----
sets n i,j,m,n d start
 f n=1:1:count s ^r(name(i),name(j))=value(m),i=i+1,j=j+1,m=m+1 s:i=3163 i=0 s:j=3167 j=0 s:m=1013 m=0
 q
timed n before,i,j,late,left,m,n,now,took,until d start
 s before=$zut,until=before+(seconds*1000000),left=span
 f n=1:1:count q:before'<until  s ^r(name(i),name(j))=value(m),i=i+1,j=j+1,m=m+1,left=left-1 s:i=3163 i=0 s:j=3167 j=0 s:m=1013 m=0 d:left=0 again s now=$zut,took=now-before,before=now i took>50 s late(took)=$g(late(took))+1
 s done=n-(before'<until),figures=$$exceeded(.late,done\1000)_" "_$$exceeded(.late,0)
 q
again s left=span,lap=lap+1 d start q
longs n i,j,m,n d start
 f n=1:1:count s ^v(name(i),name(j))=long(m),i=i+1,j=j+1,m=m+1 s:i=3163 i=0 s:j=3167 j=0 s:m=1013 m=0
 q
gets n i,j,m,n,x d start
 f n=1:1:count s x=$g(^r(name(i),name(j))),i=i+1,j=j+1 s:i=3163 i=0 s:j=3167 j=0
 q
data n i,j,m,n,x d start
 f n=1:1:count s x=$d(^r(name(i),name(j))),i=i+1,j=j+1 s:i=3163 i=0 s:j=3167 j=0
 q
getset n i,j,m,n,x d start
 f n=1:1:count s x=$g(^r(name(i),name(j))),^r(name(i),name(j))=$l(x)_value(m),i=i+1,j=j+1,m=m+1 s:i=3163 i=0 s:j=3167 j=0 s:m=1013 m=0
 q
mixed n a,b,c,i,j,m,n,x d start
 s c=0,x=process#4+1*2000000,a=x#3163,b=x#3167
 f n=1:1:count s:c=0 ^r(name(i),name(j))=value(m) s:c>0 x=$g(^r(name(a),name(b))),a=a+1,b=b+1 s i=i+1,j=j+1,m=m+1,c=c+1 s:i=3163 i=0 s:j=3167 j=0 s:m=1013 m=0 s:a=3163 a=0 s:b=3167 b=0 s:c=5 c=0
 q
transfer n a,b,i,j,m,n,x,y
 s i=origin#3163,j=origin#31,a=i,b=origin+1#31,m=origin#1013
 f n=0:1:count-1 d move s i=i+1,j=j+1,a=a+1259,b=b+7,m=m+1 s:i=3163 i=0 s:j=31 j=0 s:a'<3163 a=a-3163 s:b'<31 b=b-31 s:m=1013 m=0
 q
move ts ():t="BATCH" s x=$g(^acct(name(i),j),0),y=$g(^acct(name(a),b),0),^acct(name(i),j)=x-m,^acct(name(a),b)=y+m,^log(pass,process,n)=name(i)_","_m tc
 q
incr n n,x f n=1:1:count s x=$i(^counter)
 q
kills n a,b,i,j,k,m,n d start
 s a=i,b=j
 f n=1:1:count d fives s i=i+1,j=j+1,m=m+1 s:i=3163 i=0 s:j=3167 j=0 s:m=1013 m=0 i n>100 k ^s(name(a),name(b)) s a=a+1,b=b+1 s:a=3163 a=0 s:b=3167 b=0
 q
fives f k=1:1:5 s ^s(name(i),name(j),k)=value(m)
 q
forward n i,k,n,x s i=0,k="" f n=1:1:count s k=$o(^r(name(i),k)) s:k'="" x=^r(name(i),k) i k="" s i=i+1 s:i=3163 i=0
 q
reverse n i,k,n,x s i=0,k="" f n=1:1:count s k=$o(^r(name(i),k),-1) s:k'="" x=^r(name(i),k) i k="" s i=i+1 s:i=3163 i=0
 q
query n k,n,x s k="^r" f n=1:1:count s k=$q(@k) s:k="" k="^r" s:k'="^r" x=@k
 q
 ;
 ; ---- what two processes do together ----
pace n n f n=0:1:count-1 s ^pace(n)=$zut h 0.001
 q
watch n late,n,took,x s n=0
 f  s x=$g(^pace(n)) i x'="" s took=$zut-x,late(took)=$g(late(took))+1,n=n+1 q:n=count
 s figures=$$exceeded(.late,count\2)_" "_$$exceeded(.late,count\100)
 q
wait f  q:$d(^done(pass,process))  h 0.002
 q
exceeded(times,above) n seen,t
 s seen=0,t="" f  s t=$o(times(t),-1) q:t=""  s seen=seen+times(t) q:seen>above
 q +t
